export {
  logIn,
  type ModuleArguments,
  moduleOptions,
  type OpenOptions,
  type OpenToken,
  type TokenArguments,
  tokenOptions,
  tokenUri,
  withModule,
  withToken,
} from './open-token.js';
export { obtainPin, type PinSources, pinOptions, soPinOptions, type User, WHOSE } from './pin.js';
