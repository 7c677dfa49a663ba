// Browser and system of a user agent string in words a person knows: `Chrome · Windows`. The
// order matters, because most browsers claim to be others too.

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger/u, '微信'],
  [/AlipayClient/u, '支付宝'],
  [/DingTalk/u, '钉钉'],
  [/Edg(?:e|A|iOS)?\//u, 'Edge'],
  [/HuaweiBrowser/u, '华为浏览器'],
  [/MiuiBrowser/u, '小米浏览器'],
  [/QQBrowser/u, 'QQ浏览器'],
  [/UCBrowser/u, 'UC浏览器'],
  [/OPR\/|Opera/u, 'Opera'],
  [/Firefox|FxiOS/u, 'Firefox'],
  [/Chrome|CriOS/u, 'Chrome'],
  [/Safari/u, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/HarmonyOS|OpenHarmony/u, 'HarmonyOS'],
  [/Android/u, 'Android'],
  [/iPhone|iPad|iPod/u, 'iOS'],
  [/Windows/u, 'Windows'],
  [/Mac OS X|Macintosh/u, 'macOS'],
  [/Kylin|UOS|Linux|X11/u, 'Linux'],
];

/** Undefined when neither part is known. */
export function deviceName(userAgent: string): string | undefined {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const parts = [browser, system].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
