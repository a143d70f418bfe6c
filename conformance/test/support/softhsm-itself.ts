import type { Told } from './producer-program.js';

/** Each case that SoftHSM 2.6.1 does not pass, and why: also what a module is held against that is SoftHSM with one fault more. */
export const SOFTHSM_ITSELF: Told = {
  'module/initial/unwrap-defaults': ['warn', 'warn initial/unwrap-defaults'],
  'module/key-wrap/aes-key-wrap/wraps/secret-20': ['warn', 'warn key-wrap/flavour'],
  'module/key-wrap/aes-key-wrap/wraps/ec-p256': ['warn', 'warn key-wrap/flavour'],
  'module/key-wrap/aes-key-wrap-pad/wraps/secret-20': ['warn', 'warn key-wrap/flavour'],
  'module/key-wrap/aes-key-wrap-pad/wraps/ec-p256': ['warn', 'warn key-wrap/flavour'],
  'module/key-wrap/aes-length/20': ['fail', 'fail key-wrap/aes-length'],
  'module/key-wrap/aes-length/31': ['fail', 'fail key-wrap/aes-length'],
  'module/key-wrap/aes-length/1216': ['fail', 'fail key-wrap/aes-length'],
  'module/attack/own-wrapping-key': ['warn', 'warn attack/own-wrapping-key'],
  'module/attack/own-rsa-key': ['warn', 'warn attack/own-rsa-key'],
  'module/attack/weak-wrapping-key': ['warn', 'warn attack/weak-wrapping-key'],
  'module/attack/wrap-decrypt': ['warn', 'warn attack/wrap-decrypt'],
  'module/attack/wrap-decrypt-later': ['warn', 'warn attack/wrap-decrypt-later'],
  'module/attack/unwrap-as-secret': ['warn', 'warn attack/unwrap-as-secret'],
  'module/attack/unwrap-open': ['warn', 'warn attack/unwrap-open'],
  'module/template/unwrap/given': ['warn', 'warn template/unwrap-given'],
  'module/pkcs8/refuses/trailing': ['warn', 'warn pkcs8/trailing'],
};
