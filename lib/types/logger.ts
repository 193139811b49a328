/** What is used of a logger: facts as an object, then a text. pino, bunyan and `console` are such loggers. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
  /** Where there is one, it is asked when a device, a client or a service begins, with what all lines have in common; twice
   *  for a device, whose connections have lines of their own. */
  child?(facts: object): Logger;
}
