/** The runtime's own share of a cold start. */
export const handler = async () => ({ statusCode: 202, headers: {}, body: '', isBase64Encoded: false });
