/** A CloudFormation template, as far as a release changes it. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Where a parameter's value is in the template: the resources' type, and the path in their properties. */
interface Place {
  readonly type: string;
  readonly path: readonly string[];
  readonly description: string;
}

/** Each is a number, and the packaged one is its default. */
const NUMBERS: Readonly<Record<string, Place>> = {
  MemorySize: {
    type: 'AWS::Lambda::Function',
    path: ['MemorySize'],
    description: 'Megabytes of each function',
  },
  LogRetentionInDays: {
    type: 'AWS::Logs::LogGroup',
    path: ['RetentionInDays'],
    description: 'One of the numbers of days that CloudWatch Logs knows',
  },
  ThrottleRate: {
    type: 'AWS::ApiGatewayV2::Stage',
    path: ['DefaultRouteSettings', 'ThrottlingRateLimit'],
    description: 'Requests a second over all routes',
  },
  ThrottleBurst: {
    type: 'AWS::ApiGatewayV2::Stage',
    path: ['DefaultRouteSettings', 'ThrottlingBurstLimit'],
    description: 'Requests that may come at once',
  },
  RetryConcurrency: {
    type: 'AWS::Lambda::EventSourceMapping',
    path: ['ScalingConfig', 'MaximumConcurrency'],
    description: 'Batches of queued messages that are worked on at the same time',
  },
};

/** What osls makes for itself: the bucket that it deploys from. */
const OF_OSLS = 'ServerlessDeploymentBucket';

/**
 * Turns what osls packaged into a template that needs neither osls nor its bucket.
 *
 * @param zips the files of the functions' code, by the name that they had.
 */
export function releaseTemplate(packaged: Template, zips: ReadonlyMap<string, string>): Template {
  const Parameters: Record<string, unknown> = {
    ArtifactBucket: { Type: 'String', Description: 'The S3 bucket, in this region, that the zips were copied to' },
    ArtifactPrefix: { Type: 'String', Default: '', Description: 'Before their names there, such as otp-relay/' },
  };
  const resources = Object.entries(packaged.Resources).filter(([name]) => !name.startsWith(OF_OSLS));
  const Resources = Object.fromEntries(
    resources.map(([name, resource]) => {
      let { Properties } = resource;
      for (const [parameter, { type, path, description }] of Object.entries(NUMBERS)) {
        const value = resource.Type === type ? valueAt(Properties, path) : undefined;
        if (typeof value !== 'number') continue;
        Parameters[parameter] = { Type: 'Number', Default: value, Description: description };
        Properties = replaced(Properties, path, { Ref: parameter });
      }
      if (resource.Type === 'AWS::Lambda::Function') {
        Properties = { ...Properties, Code: codeOf(Properties, zips) };
      }
      return [name, { ...resource, Properties }];
    }),
  );
  const outputs = Object.entries(packaged.Outputs).filter(([name]) => !name.startsWith(OF_OSLS));
  return { ...packaged, Parameters, Resources, Outputs: Object.fromEntries(outputs) };
}

function codeOf(properties: Resource['Properties'], zips: ReadonlyMap<string, string>): unknown {
  const key = String(valueAt(properties, ['Code', 'S3Key']));
  const file = zips.get(key.slice(key.lastIndexOf('/') + 1));
  if (file === undefined) throw new Error(`no zip was packaged for ${key}`);
  return { S3Bucket: { Ref: 'ArtifactBucket' }, S3Key: { 'Fn::Sub': `\${ArtifactPrefix}${file}` } };
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined,
    value,
  );
}

function replaced(
  value: Readonly<Record<string, unknown>>,
  [key = '', ...rest]: readonly string[],
  by: unknown,
): Record<string, unknown> {
  const inner = value[key] as Record<string, unknown>;
  return { ...value, [key]: rest.length === 0 ? by : replaced(inner, rest, by) };
}
