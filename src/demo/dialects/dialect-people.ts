// Whom the platforms of other provinces know. All invented: the county codes of their numbers have never
// existed. The first stands in the city as well, the second has a number that stands there under another
// name, and one organisation has a lawful code of a trial series whose check digit fails.

/** How far the person was verified, 1 to 4; each platform has words of its own for it. */
type Rung = 1 | 2 | 3 | 4;

export type DialectPerson = {
  readonly id: string;
  readonly name: string;
  readonly number: string;
  readonly phone: string;
  readonly rung: Rung;
};

export type DialectEntity = {
  readonly id: string;
  readonly name: string;
  readonly uscc: string;
  readonly rung: Rung;
  readonly legalPerson: { readonly name: string; readonly number: string };
  /** Who signs in for it. */
  readonly contact: {
    readonly name: string;
    readonly number: string;
    readonly phone: string;
    /** 0 handler, 1 administrator, 2 legal representative */
    readonly role: 0 | 1 | 2;
  };
};

export type DialectSubject =
  | { readonly kind: 'person'; readonly person: DialectPerson }
  | { readonly kind: 'entity'; readonly entity: DialectEntity };

export const dialectPeople: readonly DialectPerson[] = [
  person('0a3b51c7', '王演示', '44000019850615003X', '19900000003', 3),
  person('1b2c62d8', '李同号', '440000199003070024', '19900001002', 2),
  person('2c1d73e9', '周异乡', '330000199006300512', '19900001003', 4),
  person('3d0e84fa', '吴外省', '370000198804150515', '19900001004', 3),
  person('4eff950b', '郑港居', '810000199408230021', '19900001005', 2),
  person('5f0ea61c', '冯初来', '440000198703120518', '19900001006', 1),
];

const zhou = { name: '周异乡', number: '330000199006300512' };
const wu = { name: '吴外省', number: '370000198804150515' };

export const dialectEntities: readonly DialectEntity[] = [
  entity('60a1b72d', '外省样板软件（演示）有限公司', '91330000MA0DEMN01W', {
    rung: 4,
    legalPerson: zhou,
    contact: { ...zhou, phone: '19900001003', role: 2 },
  }),
  entity('71b2c83e', '齐鲁样例农资（演示）有限公司', '91370000MA0DEMQ00M', {
    rung: 3,
    legalPerson: wu,
    contact: { name: '何经办', number: '370000199312220526', phone: '19900001008', role: 0 },
  }),
  entity('82c3d94f', '试点外贸（演示）有限公司', '91370000M00DEMW021', {
    rung: 2,
    legalPerson: wu,
    contact: { ...wu, phone: '19900001004', role: 1 },
  }),
];

function person(
  ...[id, name, number, phone, rung]: [string, string, string, string, Rung]
): DialectPerson {
  return { id: id.repeat(4), name, number, phone, rung };
}

function entity(
  ...[id, name, uscc, rest]: [string, string, string, Omit<DialectEntity, 'id' | 'name' | 'uscc'>]
): DialectEntity {
  return { id: id.repeat(4), name, uscc, ...rest };
}

/** Of the choice on a sign-in page: `person-0`, `entity-2`. */
export function findSubject(choice: string): DialectSubject | undefined {
  const [kind, index] = choice.split('-');
  const [person, entity] = [dialectPeople[Number(index)], dialectEntities[Number(index)]];
  if (kind === 'person' && person) return { kind, person };
  return kind === 'entity' && entity ? { kind, entity } : undefined;
}
