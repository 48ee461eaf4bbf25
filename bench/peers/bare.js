import { Agent, request } from 'node:https';

const agent = new Agent({ keepAlive: true });

/** One round trip over a kept connection: nothing is verified, made or signed, and the answer is not read. */
export function roundTrip(service, body, headers = {}) {
  return new Promise((resolve, reject) => {
    request(
      process.env[`AWS_ENDPOINT_URL_${service}`],
      {
        method: 'POST',
        agent,
        headers: { authorization: 'none', 'content-length': Buffer.byteLength(body), ...headers },
      },
      (response) => response.resume().on('end', resolve).on('error', reject),
    )
      .on('error', reject)
      .end(body);
  });
}

/** A write to the table, of the same size as ours. */
export function write() {
  return roundTrip('DYNAMODB', JSON.stringify({ Key: { id: { S: 'x'.repeat(600) } } }), {
    'x-amz-target': 'DynamoDB_20120810.UpdateItem',
  });
}
