// The form of a client id. No `.` and no `$`: ids are keys of stored documents.

export const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9_:~@-]{0,99}$/u;
