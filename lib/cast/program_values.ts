/** What programs are told, by its name in arguments, and its variable. */
const VARIABLES: Readonly<Record<string, string>> = {
  endpoint: 'TIRTC_ENDPOINT',
  deviceId: 'TIRTC_DEVICE_ID',
  deviceSecretKey: 'TIRTC_DEVICE_SECRET_KEY',
  remoteId: 'TIRTC_REMOTE_ID',
  token: 'TIRTC_TOKEN',
  accessId: 'TIRTC_ACCESS_KEY_ID',
  secretKey: 'TIRTC_SECRET_KEY_ID',
};

export interface ProgramText {
  readonly run: readonly string[];
  /** More variables. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface ProgramStart {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a program is started with: the variables that whoever runs this has, what is known, and its own, in which and in the
 *  arguments `{{name}}` stands for what is known. Of the variables that tell programs something it gets no others: a person
 *  who tries things out has his own identity and token in them. */
export function startOf(
  { run, env = {} }: ProgramText,
  inherited: Readonly<Record<string, string | undefined>>,
  values: Readonly<Record<string, string>>,
): ProgramStart {
  const told = Object.entries(VARIABLES).map(([name, variable]) => [variable, values[name]]);
  const own = Object.entries(env).map(([name, text]) => [name, fillIn(text, values)]);
  return {
    args: run.map((text) => fillIn(text, values)),
    env: { ...inherited, ...Object.fromEntries(told), ...Object.fromEntries(own) },
  };
}

/** Put what is known in the place of `{{name}}`. */
function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(.*?)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
