import type { RecordedRequest } from '../support/fault-proxy.js';
import type { Call } from '../template/deployer.js';

const ACCOUNT = '000000000000';

/** What S3 asks IAM for: service authorization reference, "Actions defined by Amazon S3". */
const S3: Readonly<Record<string, { bucket?: string; object?: string }>> = {
  GET: { bucket: 's3:ListBucket', object: 's3:GetObject' },
  HEAD: { bucket: 's3:ListBucket', object: 's3:GetObject' },
  PUT: { bucket: 's3:CreateBucket', object: 's3:PutObject' },
  DELETE: { bucket: 's3:DeleteBucket', object: 's3:DeleteObject' },
};

/**
 * What a recorded request of a deployment asks IAM for; undefined for who the caller is, which needs no permission.
 *
 * @throws for a request of which this is not known.
 */
export function permissionOf({ method, path, headers, body }: RecordedRequest): Call | undefined {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([\w-]+)\/(\w+)\//.exec(headers.authorization ?? '') ?? [];
  const form = new URLSearchParams(body.toString('latin1'));
  const { pathname } = new URL(path, 'http://localhost');
  const arn = (resource: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
  switch (service) {
    case 'sts':
      return undefined;
    case 'cloudformation': {
      const name = form.get('StackName');
      const stack = name?.startsWith('arn:') === true ? name : arn(`stack/${name ?? ''}/1`);
      return { action: `cloudformation:${form.get('Action') ?? ''}`, resource: name === null ? '*' : stack };
    }
    case 'sns':
      return { action: `sns:${form.get('Action') ?? ''}`, resource: form.get('TopicArn') ?? '' };
    case 'lambda': {
      const [, name] = /^\/2015-03-31\/functions\/([\w-]+)$/.exec(pathname) ?? [];
      if (method === 'GET' && name !== undefined) {
        return { action: 'lambda:GetFunction', resource: arn(`function:${name}`) };
      }
      break;
    }
    case 's3': {
      const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
      const action = S3[method]?.[key === '' ? 'bucket' : 'object'];
      const resource = `arn:aws:s3:::${bucket}${key === '' ? '' : `/${decodeURIComponent(key)}`}`;
      if (action !== undefined && method !== 'POST') return { action, resource };
      break;
    }
  }
  throw new Error(`the permission for ${service} ${method} ${path} is not known`);
}
