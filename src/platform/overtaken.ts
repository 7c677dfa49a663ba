/**
 * Thrown inside a transaction, so that nothing of it stands: another form, process or person was first.
 * Whoever began the transaction catches it and says what is due now.
 */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}
