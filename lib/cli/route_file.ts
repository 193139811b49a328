import { invalidParameter } from '../errors/index.js';
import type { RouteAnswer, RouteHandler, SimulatedService } from '../service/index.js';
import { toHttpAnswer } from '../service/internal.js';
import { isObject, readJsonFile } from './files.js';

/** One entry of the file: `"POST /v1/things": {"data": {…}}`. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: RouteHandler;
}

/** Adds the routes in the file of `--routes` to the service. */
export function addRoutes(service: SimulatedService, path: string): void {
  readJsonFile(path, (value) => {
    for (const { method, path, handler } of readRoutes(value)) service.route(method, path, handler);
  });
}

function readRoutes(value: unknown): readonly Route[] {
  if (!isObject(value)) throw invalidParameter('routes must be an object', 'as in {"POST /v1/things": {"data": {}}}');
  return Object.entries(value).map(([name, answer]) => {
    const [, method, path] = /^(\S+) (\S+)$/.exec(name) ?? [];
    if (method === undefined || path === undefined) {
      throw invalidParameter(`"${name}" is not a route`, 'write method and path, as in "POST /v1/things"');
    }
    return { method, path, handler: readHandler(name, answer) };
  });
}

/** The answers are the same at each request, so their faults are found before the service runs. */
function readHandler(name: string, answer: unknown): RouteHandler {
  if (answer === 'echo') return echo;
  const what = `the answer of "${name}"`;
  if (!isObject(answer)) throw invalidParameter(`${what} is invalid`, 'use "echo", or an object such as {"data": {}}');
  toHttpAnswer(what, answer);
  return () => answer as RouteAnswer;
}

/** Returns the body of the request as data. */
const echo: RouteHandler = ({ body }) => {
  if (body === '') return {};
  try {
    return { data: JSON.parse(body) as unknown };
  } catch {
    return { status: 400, message: 'the body is not JSON' };
  }
};
