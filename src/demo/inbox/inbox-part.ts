// What the supervisor tells the inbox's process.

export type InboxPart = {
  readonly port: number;
  readonly smtpPort: number;
  readonly publicUrl: string;
  readonly smsKey: string;
  readonly file: string;
};
