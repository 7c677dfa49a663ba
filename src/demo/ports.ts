// The one table of the demonstration city's ports: a block of 20, counted from HUTONG_PORT.

export const defaultFirstPort = 8100;
export const portBlockSize = 20;

export type DemoPorts = {
  readonly city: number;
  readonly portal: number;
  readonly department: number;
  readonly serviceHall: number;
  readonly inbox: number;
  readonly smtp: number;
  /** The population register and the face service. */
  readonly population: number;
  readonly face: number;
  /** The register of legal entities. */
  readonly legalEntities: number;
  /** Social security, the operator and the bank. */
  readonly sources: number;
  /** The network identity service. */
  readonly network: number;
  /** Certificates and licences of organisations. */
  readonly entityCredentials: number;
  /** The bank that pays small amounts to organisations. */
  readonly corporateBank: number;
  /** The hub of the province, and the neighbouring city. */
  readonly province: number;
  readonly neighbour: number;
  /** Platforms of other provinces, each under a path of its own. */
  readonly dialects: number;
  /** The key holder of mutual recognition. */
  readonly keyHolder: number;
  /** Health and figures of the city node. */
  readonly operations: number;
  readonly database: number;
  /** Where a library that tries the spare test client usually listens. */
  readonly testClient: number;
};

const offsets: DemoPorts = {
  city: 0,
  portal: 1,
  department: 2,
  serviceHall: 3,
  inbox: 4,
  smtp: 5,
  population: 6,
  face: 8,
  legalEntities: 13,
  sources: 14,
  network: 15,
  entityCredentials: 16,
  corporateBank: 17,
  province: 7,
  neighbour: 11,
  dialects: 12,
  keyHolder: 18,
  operations: 9,
  database: 10,
  testClient: 19,
};

/** The ports of a block. The first one must leave room for the other nineteen. */
export function portsFrom(first: number): DemoPorts {
  return {
    city: first + offsets.city,
    portal: first + offsets.portal,
    department: first + offsets.department,
    serviceHall: first + offsets.serviceHall,
    inbox: first + offsets.inbox,
    smtp: first + offsets.smtp,
    population: first + offsets.population,
    face: first + offsets.face,
    legalEntities: first + offsets.legalEntities,
    sources: first + offsets.sources,
    network: first + offsets.network,
    entityCredentials: first + offsets.entityCredentials,
    corporateBank: first + offsets.corporateBank,
    province: first + offsets.province,
    neighbour: first + offsets.neighbour,
    dialects: first + offsets.dialects,
    keyHolder: first + offsets.keyHolder,
    operations: first + offsets.operations,
    database: first + offsets.database,
    testClient: first + offsets.testClient,
  };
}

/** Reads HUTONG_PORT; `undefined` for a value that is no usable port. */
export function parseFirstPort(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return defaultFirstPort;
  if (!/^\d{1,5}$/.test(value)) return undefined;
  const first = Number(value);
  return first >= 1 && first + portBlockSize - 1 <= 65535 ? first : undefined;
}

/** Where a developer's own application may listen as the test client: usual ports of frameworks. */
export function testClientPorts(ports: DemoPorts): readonly number[] {
  return [ports.testClient, 3000, 5000, 8080];
}
