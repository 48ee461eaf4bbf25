import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetSMSAttributesCommand, GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import type { StageContext } from '../stage/context.js';
import { type Check, fail, type Finding, ok } from './finding.js';

export const alarmSubscribers: Check = {
  title: 'alarms',
  run: async (context) => [judgeSubscribers(await subscribers(context))],
};

interface Subscribers {
  readonly topic: string;
  readonly confirmed: number;
  readonly pending: number;
}

export async function subscribers({ client, outputs }: StageContext): Promise<Subscribers> {
  const { AlarmTopicArn: TopicArn = '' } = await outputs();
  const command = new GetTopicAttributesCommand({ TopicArn });
  const { Attributes = {} } = await new SNSClient(client).send(command);
  return {
    topic: TopicArn,
    confirmed: Number(Attributes['SubscriptionsConfirmed'] ?? 0),
    pending: Number(Attributes['SubscriptionsPending'] ?? 0),
  };
}

export function judgeSubscribers({ topic, confirmed, pending }: Subscribers): Finding {
  if (confirmed > 0) return ok(`${confirmed} subscribed to the alarms`);
  return pending > 0
    ? fail(
        'nobody gets the alarms: the subscription was not confirmed',
        'Follow the link in the mail from AWS.',
      )
    : fail(
        'nobody is subscribed to the alarms',
        `Set alarmEmail in settings/<stage>.stack.yml and deploy, or: aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint you@example.com`,
      );
}

/** At the account's limit SNS drops SMS silently, so an alarm above it warns of nothing. */
export const spendAlarm: Check = {
  title: 'sms spend alarm',
  run: async ({ client, service, use, stack }) => {
    if (!use.sns || !stack.accountWide) return [];
    const { attributes = {} } = await new SNSClient(client).send(new GetSMSAttributesCommand({}));
    const command = new DescribeAlarmsCommand({ AlarmNames: [`${service}-sms-spend`] });
    const { MetricAlarms = [] } = await new CloudWatchClient(client).send(command);
    // Amazon SNS API reference, SetSMSAttributes: 1 USD where nobody asked for more.
    return [judgeSpendAlarm(MetricAlarms[0]?.Threshold, Number(attributes['MonthlySpendLimit'] ?? 1))];
  },
};

export function judgeSpendAlarm(thresholdUsd: number | undefined, limitUsd: number): Finding {
  if (thresholdUsd === undefined) return fail('there is no alarm on the spend', 'Deploy the stage again.');
  return thresholdUsd < limitUsd
    ? ok(`rings at ${thresholdUsd} USD, below the account's limit of ${limitUsd} USD`)
    : fail(
        `rings at ${thresholdUsd} USD, but SNS drops SMS from the account's limit of ${limitUsd} USD on`,
        'Set alarmSmsSpendUsd in settings/<stage>.stack.yml below it, or ask for a higher limit.',
      );
}
