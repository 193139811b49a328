/** What is used of a logger: facts as an object, then a text. pino, bunyan and `console` are such loggers. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  /** Where there is one, it is asked once for each device, client and service, with what all its lines have in common. */
  child?(facts: object): Logger;
}
