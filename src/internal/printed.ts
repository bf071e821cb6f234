import { inspect, type InspectOptions } from 'node:util';

/**
 * Says how console.log and util.inspect print the instances of a class.
 *
 * @param type - The class; its subclasses print alike.
 * @param print - Gives the text. `depth` is below 0 where no more is to be shown than what it is.
 */
export function printed<T extends object>(
  type: { readonly prototype: T },
  print: (value: T, depth: number, options: InspectOptions) => string,
): void {
  Object.defineProperty(type.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    value(this: T, depth: number, options: InspectOptions): string {
      return print(this, depth, options);
    },
  });
}
