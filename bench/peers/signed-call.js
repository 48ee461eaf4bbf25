import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';

const agent = new Agent({ keepAlive: true });
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

/** One call of an AWS Query service, signed by hand (Signature Version 4): as little as the job can be done with. */
export function callQuery(service, endpoint, parameters) {
  const {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
  } = process.env;
  const url = new URL(endpoint);
  const body = new URLSearchParams(parameters).toString();
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const contentType = 'application/x-www-form-urlencoded';
  const names = 'content-type;host;x-amz-date;x-amz-security-token';
  const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${url.host}\nx-amz-date:${time}\nx-amz-security-token:${token}\n\n${names}\n${sha256(body)}`;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = [date, region, service, 'aws4_request'].reduce(hmac, `AWS4${secret}`);
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
    .digest('hex');
  const headers = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amz-date': time,
    'x-amz-security-token': token,
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        const [, messageId] = /<MessageId>([^<]+)</.exec(text) ?? [];
        if (response.statusCode === 200 && messageId) resolve(messageId);
        else reject(new Error(`${response.statusCode} ${text}`));
      });
      response.on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}
