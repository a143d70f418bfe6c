import { LOGINS, type Login } from './logins.js';

/** The options of every command that logs in to Azure. */
export const LOGIN_OPTIONS = {
  auth: {
    choices: LOGINS,
    default: 'default' as Login,
    describe: 'how to log in; default tries all of them. Secrets come from the environment, never from options',
  },
  cloud: {
    choices: ['public', 'usgov', 'china'],
    describe: 'the cloud that you mean; a vault of another one is refused. The URL says it unless given',
  },
} as const;
