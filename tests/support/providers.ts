/** Every provider but the defaults, each with its channel. */
export const OTHER_PROVIDERS = [
  ['email', 'smtp'],
  ['email', 'microsoft'],
  ['email', 'sendgrid'],
  ['email', 'mandrill'],
  ['sms', 'eum'],
  ['sms', 'notify'],
  ['sms', 'twilio'],
] as const;
