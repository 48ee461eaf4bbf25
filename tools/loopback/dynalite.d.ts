declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** DynamoDB as a request listener; `createTableMs` is how long a table takes to become active. */
  export default function dynalite(options: { createTableMs?: number }): Server;
}
