// A process that starts an embedded database, writes numbers into it one by one, and prints each one
// that was acknowledged: something to kill. Argument: the options of startEmbeddedMongod as JSON.
import mongoose from 'mongoose';
import { startEmbeddedMongod } from '../../src/platform/embedded-mongod.ts';

const database = await startEmbeddedMongod(JSON.parse(process.argv[2] ?? '{}'));
const client = await new mongoose.mongo.MongoClient(database.uri).connect();
const numbers = client.db('survival').collection<{ _id: number }>('numbers');

console.log(`uri ${database.uri}`);
for (let next = await numbers.countDocuments(); ; next += 1) {
  await numbers.insertOne({ _id: next }, { writeConcern: { w: 'majority' } });
  console.log(`stored ${next}`);
}
