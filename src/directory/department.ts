// A department 部门 and its place in the tree. Its id never changes; its code may.

export interface Department {
  id: string;
  /** As the city's systems write it; unique. Without one nobody can be named to work there. */
  code?: string | undefined;
  name: string;
  externalId?: string | undefined;
  parentId?: string | undefined;
  /** Of people whom its directory names and nobody here is: kept as said, and without any effect. */
  unknownIds?: readonly string[] | undefined;
  /** Ids from the top down to this one. */
  path: readonly string[];
  /** Of every change of the department itself, not of its people. */
  revision: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What is said of a department; without a parent it stands at the top. */
export interface DepartmentFacts {
  code?: string | undefined;
  name: string;
  externalId?: string | undefined;
  parentId?: string | undefined;
  unknownIds?: readonly string[] | undefined;
}

export const DEEPEST = 12;
export const MOST_UNKNOWN = 1000;
export const DEPARTMENT_CODE = /^[^\s\p{C}/]{1,64}$/u;
export const MAX_DEPARTMENT_NAME = 200;
