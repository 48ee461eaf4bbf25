/**
 * The stage of a command that was given none: `local` for what runs on this machine, `dev` for everything else.
 *
 * osls resolves it before it loads plugins and tells variables nothing of the command, hence the look at `argv`.
 */
const [command, subcommand] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const runsHere = command === 'offline' || (command === 'invoke' && subcommand === 'local');

module.exports = runsHere ? 'local' : 'dev';
