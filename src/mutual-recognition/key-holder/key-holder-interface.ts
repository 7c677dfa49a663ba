// The addresses of the key holder, and how much it takes at once.
export const KEYS_PATH = '/recognition-key/keys';
export const EVALUATIONS_PATH = '/recognition-key/evaluations';
/** Of one request, under one proof. */
export const MOST_ELEMENTS = 500;
