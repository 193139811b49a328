import { invalidParameter, suggest } from '../errors/index.js';
import type { RouteAnswer, RouteHandler, SimulatedService } from '../service/index.js';
import { isObject, readJsonFile } from './files.js';

/** One entry of the file: `"POST /v1/things": {"json": {…}}`. */
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
  if (!isObject(value)) throw invalidParameter('routes must be an object', 'as in {"POST /v1/things": {"json": {}}}');
  return Object.entries(value).map(([name, answer]) => {
    const [, method, path] = /^(\S+) (\S+)$/.exec(name) ?? [];
    if (method === undefined || path === undefined) {
      throw invalidParameter(`"${name}" is not a route`, 'write method and path, as in "POST /v1/things"');
    }
    return { method, path, handler: readHandler(name, answer) };
  });
}

const ANSWER_KEYS = ['status', 'headers', 'text', 'json'];

function readHandler(name: string, value: unknown): RouteHandler {
  if (value === 'echo') return ({ body }) => ({ body });
  const fail = (what: string): never => {
    const legal = '"echo", or an object of "status" (200 to 599), "headers" and one of "text" and "json"';
    throw invalidParameter(`the answer of "${name}" ${what}`, `use ${legal}`);
  };
  if (!isObject(value)) return fail('is invalid');
  for (const key of Object.keys(value)) {
    if (!ANSWER_KEYS.includes(key)) fail(`has "${key}": ${suggest(key, ANSWER_KEYS)}`);
  }
  const { status = 200, headers = {}, text, json } = value;
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599)
    fail(`has the invalid status ${status}`);
  if (!isObject(headers) || Object.values(headers).some((header) => typeof header !== 'string')) {
    fail('has headers that are not strings');
  }
  if (text !== undefined && (json !== undefined || typeof text !== 'string'))
    fail('must have one of text and json, and text must be a string');
  const body = json === undefined ? (text ?? '') : JSON.stringify(json);
  const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
  const answer = { status, headers: { ...type, ...(headers as object) }, body } as RouteAnswer;
  return () => answer;
}
