import { inColumns } from '../columns.js';
import { type Colour, coloured } from '../command.js';
import type { Activity } from './join.js';

const OUTCOME_COLOURS: Readonly<Record<string, Colour>> = {
  accepted: 'green',
  queued: 'yellow',
  retried: 'yellow',
  unconfirmed: 'yellow',
  replayed: 'dim',
  dry_run: 'dim',
};

interface Column {
  readonly title: string;
  readonly cell: (activity: Activity) => string;
  readonly colour?: (activity: Activity) => Colour;
}

const COLUMNS: readonly Column[] = [
  { title: 'time', cell: ({ time }) => time.slice(0, 19).replace('T', ' ') },
  { title: 'channel', cell: ({ channel }) => channel },
  { title: 'app', cell: ({ app }) => app },
  {
    title: 'outcome',
    cell: ({ outcomes, reason }) =>
      `${outcomes.join(', ')}${reason === undefined || reason === outcomes.at(-1) ? '' : ` (${reason})`}`,
    colour: ({ outcomes }) => OUTCOME_COLOURS[outcomes.at(-1) ?? ''] ?? 'red',
  },
  { title: 'provider', cell: ({ provider }) => provider ?? '' },
  { title: 'country', cell: ({ country }) => country ?? '' },
  { title: 'failures', cell: ({ failures }) => [...new Set(failures)].join(', ') },
  {
    title: 'fate',
    cell: ({ fate }) => fate,
    colour: ({ fate }) => (fate === 'delivered' ? 'green' : fate.startsWith('delayed') ? 'yellow' : 'red'),
  },
  { title: 'message id', cell: ({ messageId }) => messageId ?? '' },
];

/** A line for each message below a header; in colour on a terminal. */
export function formatTable(activities: readonly Activity[]): string {
  if (activities.length === 0) return 'No messages.';
  const row = (activity: Activity) =>
    COLUMNS.map(({ cell, colour }) => {
      const text = cell(activity);
      return colour === undefined || text === '' ? text : coloured(text, colour(activity));
    });
  return inColumns([COLUMNS.map(({ title }) => title), ...activities.map(row)]);
}
