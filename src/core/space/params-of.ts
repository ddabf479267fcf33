import type { Choice } from "./distribution.ts";
import type { ConditionsOf, SpaceDeclaration, ValueOf } from "./param.ts";

declare const refused: unique symbol;

/** A type that no value has. It is there to carry a message into the compiler's error. */
export interface Refused<Message extends string, Expected = unknown> {
  readonly [refused]: readonly [Message, Expected];
}

/**
 * The params that `train` receives for a declared space.
 *
 * A param without `.when` is always there. A param with `.when` is there only if its parents have the values that it
 * names: the type is a union over these cases, so that checking the parent narrows it. If the parents are not
 * categoricals of literal choices, or there are more than five of them, the param is optional instead.
 *
 * @example
 * const space = { rate: float(0, 1), optimizer: categorical(["adam", "sgd"]) };
 * const build = (params: ParamsOf<typeof space>) => tf.train[params.optimizer](params.rate);
 */
export type ParamsOf<Space extends SpaceDeclaration> = [Narrowing<Space>] extends [never]
  ? OptionalCase<Space>
  : IsLong<Narrowing<Space>> extends true
    ? OptionalCase<Space>
    : Cases<Space, Assignments<Space>>;

/** Values of some of the params: those that a study file gives as defaults. */
export type DefaultsOf<Space extends SpaceDeclaration> = {
  readonly [Name in keyof Space]?: ValueOf<Space[Name]>;
};

/** The type without a union, in which every conditional param is optional. */
type OptionalCase<Space extends SpaceDeclaration> = Case<Space, object>;

type Cases<Space extends SpaceDeclaration, Assignment> = Assignment extends unknown
  ? IsConsistent<Space, Assignment> extends true
    ? Case<Space, Assignment>
    : never
  : never;

/** The params of one case: those that exist when the parents have the values of the assignment. */
type Case<Space extends SpaceDeclaration, Assignment> = Flat<
  { readonly [Name in keyof Assignment]: Assignment[Name] } & {
    readonly [Name in ByPresence<Space, Assignment, "always">]: ValueOf<Space[Name]>;
  } & {
    readonly [Name in ByPresence<Space, Assignment, "maybe">]?: ValueOf<Space[Name]>;
  } & {
    readonly [Name in ByPresence<Space, Assignment, "never">]?: undefined;
  }
>;

/** Shows an intersection as one object type. */
type Flat<T> = T extends infer Whole ? { [Key in keyof Whole]: Whole[Key] } : never;

type ByPresence<Space extends SpaceDeclaration, Assignment, Wanted> = {
  [Name in Exclude<keyof Space, keyof Assignment>]: Presence<
    ConditionsOf<Space[Name]>,
    Assignment
  > extends Wanted
    ? Name
    : never;
}[Exclude<keyof Space, keyof Assignment>];

/** Whether a param with these conditions exists when the parents have the values of the assignment. */
type Presence<Conditions, Assignment> = [Unmet<Conditions, Assignment>] extends [never]
  ? [Exclude<keyof Conditions, keyof Assignment>] extends [never]
    ? "always"
    : "maybe"
  : "never";

type Unmet<Conditions, Assignment> = {
  [Name in keyof Conditions]: Name extends keyof Assignment
    ? Assignment[Name] extends Conditions[Name]
      ? never
      : Name
    : never;
}[keyof Conditions];

/** A union of all combinations of values of the parents, each an object type. */
type Assignments<Space extends SpaceDeclaration> = {
  [Parent in Narrowing<Space>]: (branch: Branches<Space, Parent>) => void;
}[Narrowing<Space>] extends (branch: infer Combination) => void
  ? Combination
  : never;

/** One branch for each value that some `.when` names, one for all others, and one without the parent itself. */
type Branches<Space extends SpaceDeclaration, Parent extends keyof Space> =
  | Each<Parent, Extract<ValueOf<Space[Parent]>, Named<Space, Parent>>>
  | Rest<Parent, Exclude<ValueOf<Space[Parent]>, Named<Space, Parent>>>
  | ([keyof ConditionsOf<Space[Parent]>] extends [never] ? never : { readonly [Name in Parent]?: undefined });

type Each<Parent extends PropertyKey, Value> = Value extends unknown
  ? { readonly [Name in Parent]: Value }
  : never;
type Rest<Parent extends PropertyKey, Value> = [Value] extends [never]
  ? never
  : { readonly [Name in Parent]: Value };

/** The values of a parent that conditions name. */
type Named<Space extends SpaceDeclaration, Parent> = {
  [Name in keyof Space]: Parent extends keyof ConditionsOf<Space[Name]>
    ? ConditionsOf<Space[Name]>[Parent]
    : never;
}[keyof Space];

/** Whether each parent that is itself conditional is there exactly when its own conditions hold. */
type IsConsistent<Space extends SpaceDeclaration, Assignment> = [
  {
    [Name in keyof Assignment]: Name extends keyof Space
      ? Assignment[Name] extends undefined
        ? Presence<ConditionsOf<Space[Name]>, Assignment> extends "always"
          ? Name
          : never
        : Presence<ConditionsOf<Space[Name]>, Assignment> extends "never"
          ? Name
          : never
      : never;
  }[keyof Assignment],
] extends [never | undefined]
  ? true
  : false;

/** The parents by which TypeScript can narrow the union: those whose values are literals. */
type Narrowing<Space extends SpaceDeclaration> = {
  [Name in Parents<Space>]: IsLiteral<ValueOf<Space[Name]>> extends true ? Name : never;
}[Parents<Space>];

type Parents<Space extends SpaceDeclaration> = {
  [Name in keyof Space]: keyof ConditionsOf<Space[Name]>;
}[keyof Space] &
  keyof Space;

type IsLiteral<Value> = string extends Value ? false : number extends Value ? false : true;

/** Whether a union has more than five members; the product over more parents would swamp the compiler. */
type IsLong<Union, Seen extends readonly unknown[] = []> = [Union] extends [never]
  ? false
  : Seen["length"] extends 5
    ? true
    : IsLong<Exclude<Union, LastOf<Union>>, [...Seen, unknown]>;

/** One member of a union: from an intersection of functions the compiler infers the last one. */
type LastOf<Union> = (Union extends unknown ? (member: () => Union) => void : never) extends (
  member: infer All,
) => void
  ? All extends () => infer Last
    ? Last
    : never
  : never;

/** The type of a space without faults: refuses conditions on what is no other param, or on values that it never has. */
export type CheckedSpace<Space extends SpaceDeclaration> = {
  readonly [Name in keyof Space]: CheckedConditions<Space, Name, ConditionsOf<Space[Name]>>;
};

type CheckedConditions<Space extends SpaceDeclaration, Name extends keyof Space, Conditions> = [
  Conditions,
] extends [never]
  ? Refused<"when: expected conditions that can hold together, got ones that exclude each other">
  : [Exclude<keyof Conditions, Exclude<keyof Space, Name>>] extends [never]
    ? [ConditionFault<Space, Conditions>] extends [never]
      ? unknown
      : ConditionFault<Space, Conditions>
    : Refused<
        `when: expected the name of another param of this space, got "${Text<Exclude<keyof Conditions, Exclude<keyof Space, Name>>>}"`,
        Exclude<keyof Space, Name>
      >;

type ConditionFault<Space extends SpaceDeclaration, Conditions> = {
  [Parent in keyof Conditions & keyof Space]: [Exclude<Conditions[Parent], ValueOf<Space[Parent]>>] extends [
    never,
  ]
    ? never
    : Refused<
        `when: "${Text<Parent>}" is never ${Literal<Exclude<Conditions[Parent], ValueOf<Space[Parent]>>>}`,
        ValueOf<Space[Parent]>
      >;
}[keyof Conditions & keyof Space];

type Text<Key> = Key extends string ? Key : never;
type Literal<Value> = Value extends string ? `"${Value}"` : Value extends Choice ? `${Value}` : never;
