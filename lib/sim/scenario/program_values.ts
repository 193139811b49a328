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

/** The variables of a program for what is known of it. */
export function environment(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [VARIABLES[name], value]));
}

/** Put what is known in the place of `{{name}}`. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(.*?)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
