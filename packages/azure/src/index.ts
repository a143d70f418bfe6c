export { LOGIN_OPTIONS } from './login-options.js';
export { LOGINS, type Login } from './logins.js';
export { type ClientOptions, type OpenClient, openClient } from './open-client.js';
export { provesNothingHappened, retryAfterOf } from './service-errors.js';
export { type Patience, waitingOut429 } from './throttled.js';
