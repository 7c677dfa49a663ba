// The ways a page can be shown, as the parameters that choose them.

export const displayQueries = {
  standard: '',
  elder: 'ui_mode=elder',
  contrast: 'ui_contrast=high',
} as const;
