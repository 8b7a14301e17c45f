/** A path such as `/contacts/:contactId/appointments` and the method it answers to. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
}

export interface RouteMatch<T extends Route> {
  readonly route: T;
  /** The decoded path parameter of that name. Throws where the pattern has none. */
  param(name: string): string;
}

/** Finds the first route that fits. A slash at the end of a path makes no difference. */
export function createRouter<T extends Route>(
  routes: readonly T[],
): (method: string, path: string) => RouteMatch<T> | null {
  const compiled = routes.map((route) => ({ route, segments: split(route.pattern) }));
  return (method, path) => {
    const given = split(path);
    const found = compiled.find(({ route, segments }) => route.method === method && fits(segments, given));
    if (!found) return null;
    return {
      route: found.route,
      param(name) {
        const value = given[found.segments.indexOf(`:${name}`)];
        if (value === undefined) throw new Error(`${found.route.pattern} has no parameter ${name}`);
        return decode(value);
      },
    };
  };
}

function split(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function fits(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, index) => segment.startsWith(":") || segment === given[index])
  );
}

/** A segment that cannot be decoded is taken as it stands: it names nothing, so the answer will be 404. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
