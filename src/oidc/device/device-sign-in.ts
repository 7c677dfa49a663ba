// Hands an approved device over to the library: an interaction that has nothing to answer yet, and
// the address at which the library takes it up.
import type { Provider } from 'oidc-provider';
import type { HttpContext } from '../../platform/http/context.ts';
import { cookieOptions } from '../../platform/http/headers.ts';
import type { CookieNames } from '../../platform/http/headers.ts';
import type { Random } from '../../platform/random.ts';
import { ttl } from '../lifetimes.ts';
import { DEVICE_PATH } from '../pages/device-pages.ts';
import type { DeviceCodePayload } from './device-code.ts';

export interface DeviceSignInDependencies {
  provider: () => Provider;
  issuer: string;
  isSecure: boolean;
  cookies: CookieNames;
  random: Random;
}

/** Where the browser goes on. */
export async function beginDeviceSignIn(
  deps: DeviceSignInDependencies,
  ctx: HttpContext,
  code: DeviceCodePayload,
): Promise<string> {
  const uid = deps.random.id();
  const path = `${DEVICE_PATH}/${uid}`;
  const { Interaction } = deps.provider() as unknown as {
    Interaction: new (uid: string, content: object) => { save(seconds: number): Promise<string> };
  };
  const interaction = new Interaction(uid, {
    returnTo: `${deps.issuer}${path}`,
    prompt: { name: 'login', reasons: ['device'], details: {} },
    params: code.params,
    deviceCode: code.jti,
  });
  await interaction.save(ttl.Interaction);
  ctx.cookies.set(deps.cookies.secure('hutong_resume'), uid, {
    ...cookieOptions(deps),
    path,
    signed: true,
    maxAge: ttl.Interaction * 1000,
  });
  return path;
}
