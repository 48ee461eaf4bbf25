import { jest } from '@jest/globals';
import { withProgress } from '../../tools/progress.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function streamOf(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, write: (text: unknown) => written.push(String(text)) > 0 };
}

test('work of more than a second is shown on a terminal, and the line is erased at the end', async () => {
  const stream = streamOf(true);
  let finish: (value: string) => void = () => undefined;
  const work = withProgress(
    'SES is asked',
    () => new Promise<string>((resolve) => (finish = resolve)),
    stream,
  );
  jest.advanceTimersByTime(999);
  expect(stream.written).toEqual([]);
  jest.advanceTimersByTime(1001);
  expect(stream.written).toEqual(['\rSES is asked … 1 s', '\rSES is asked … 2 s']);
  finish('done');
  expect(await work).toBe('done');
  expect(stream.written.at(-1)).toBe('\r\u001b[K');
  expect(jest.getTimerCount()).toBe(0);
});

test('nothing is shown for quick work, or where the output is not a terminal', async () => {
  const terminal = streamOf(true);
  await withProgress('Quick', () => Promise.resolve(), terminal);
  const file = streamOf(false);
  const slow = withProgress('Slow', () => new Promise((resolve) => setTimeout(resolve, 5000)), file);
  jest.advanceTimersByTime(5000);
  await slow;
  expect([...terminal.written, ...file.written]).toEqual([]);
});

test('the line is erased after a failure too', async () => {
  const stream = streamOf(true);
  const work = withProgress('Slow', () => new Promise((_, reject) => setTimeout(reject, 1500, 'no')), stream);
  jest.advanceTimersByTime(1500);
  await expect(work).rejects.toBe('no');
  expect(stream.written).toEqual(['\rSlow … 1 s', '\r\u001b[K']);
});
