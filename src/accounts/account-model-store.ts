// The mongoose model of an account. Strict: a field that is not declared here is an error, so
// that nothing personal is ever stored beside the sealed attributes.
import mongoose from 'mongoose';
import {
  accountKinds,
  accountRoles,
  accountStates,
  attributeGrades,
  attributeNames,
  closingStages,
  legalEntitySubtypes,
  realNameLevels,
} from './account.ts';
import type { AccountDocument } from './account-document.ts';

const MODEL_NAME = 'Account';

const sealedAttribute = new mongoose.Schema(
  {
    sealed: { type: Buffer, required: true },
    source: { type: String, required: true },
    grade: { type: String, enum: attributeGrades, required: true },
    verifiedAt: Date,
    expiresAt: Date,
  },
  { _id: false, strict: 'throw' },
);

const closing = new mongoose.Schema(
  {
    stage: { type: String, enum: closingStages, required: true },
    requestedAt: { type: Date, required: true },
    dueAt: { type: Date, required: true },
    cancelKey: { type: String, required: true },
  },
  { _id: false, strict: 'throw' },
);

const qualification = new mongoose.Schema(
  {
    id: { type: String, required: true },
    kind: { type: String, required: true },
    startsAt: { type: Date, required: true },
    endsAt: { type: Date, required: true },
  },
  { _id: false, id: false, strict: 'throw' },
);

const attributes = new mongoose.Schema(
  Object.fromEntries(attributeNames.map((name) => [name, sealedAttribute])),
  { _id: false, strict: 'throw', minimize: false },
);

// An empty list would be indexed as a value and collide: an absent index is really absent.
const blindIndex = { type: [Buffer], default: undefined };

const accountSchema = new mongoose.Schema<AccountDocument>(
  {
    _id: { type: String, required: true },
    kind: { type: String, enum: accountKinds, required: true },
    subtype: { type: String, enum: legalEntitySubtypes },
    state: { type: String, enum: accountStates, required: true },
    realNameLevel: { type: Number, enum: realNameLevels, required: true },
    realNameVerifiedAt: Date,
    frozenAt: Date,
    restingAt: Date,
    isLockedBesides: Boolean,
    formerIds: { type: [String], default: undefined },
    isWard: Boolean,
    parentId: String,
    qualifications: { type: [qualification], default: undefined },
    attributes: { type: attributes, required: true },
    loginIndex: blindIndex,
    phoneIndex: blindIndex,
    identityIndex: blindIndex,
    numberIndex: blindIndex,
    roles: { type: [{ type: String, enum: accountRoles }], default: undefined },
    administers: { type: [String], default: undefined },
    closing: { type: closing, default: undefined },
    erasedAt: Date,
    indexKeys: { type: [Number], default: undefined },
    revision: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    schemaVersion: { type: Number, required: true },
  },
  {
    collection: 'accounts',
    strict: 'throw',
    strictQuery: 'throw',
    versionKey: false,
    autoIndex: false,
    autoCreate: false,
    minimize: false,
  },
);

/** The one model of a connection, made when first asked for. */
export function accountModel(connection: mongoose.Connection): mongoose.Model<AccountDocument> {
  const existing: mongoose.Model<AccountDocument> | undefined = connection.models[MODEL_NAME];
  return existing ?? connection.model<AccountDocument>(MODEL_NAME, accountSchema);
}
