'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const oversizedEnvironments = require('./environment-size.cjs');
const { stageUse } = require('./stage-use.cjs');

const LOCAL = 'local';
/** Commands that change or read a deployed stack; there is none of stage `local`. */
const REMOTE = new Set(['deploy', 'info', 'invoke', 'logs', 'metrics', 'remove', 'rollback']);
const PACKAGING = new Set(['deploy', 'deploy function', 'package']);
const isRemote = ([command, subcommand]) => REMOTE.has(command) && subcommand !== LOCAL;

/**
 * Builds the bundles with `tools/build/release.ts` before osls packages or runs them, and stops early where a stage cannot
 * work: without a settings file, with faulty settings, or where stage `local`, whose settings point to this machine,
 * were to be deployed.
 */
module.exports = class OtpRelayPlugin {
  constructor(serverless) {
    this.serverless = serverless;
    const build = () => {
      this.build();
    };
    this.hooks = {
      initialize: () => {
        this.checkStage();
        this.checkSettings();
        this.leaveOut();
        this.checkAccount();
        this.useRunning();
      },
      'after:deploy:deploy': () => {
        this.spawn(['tools/serverless/after-deploy.ts', ...this.place], { stdio: 'inherit' });
      },
      'before:package:createDeploymentArtifacts': build,
      'before:deploy:function:packageFunction': build,
      'before:invoke:local:invoke': async () => {
        build();
        await this.load(this.serverless.service.getFunction(this.serverless.processedInput.options.function));
      },
      'before:offline:start:init': build,
    };
  }

  get stage() {
    return this.serverless.getProvider('aws').getStage();
  }

  /** Stage, region and profile as they were given, for the tools that find the rest as osls does. */
  get place() {
    const { region = '', 'aws-profile': profile = '' } = this.serverless.processedInput.options;
    return [this.stage, region, profile];
  }

  checkStage() {
    const { stage, serverless } = this;
    const file = path.join('settings', `${stage}.yml`);
    if (!existsSync(path.join(serverless.serviceDir, file))) {
      throw this.error(
        `Stage "${stage}" has no settings: cp settings/prod.example.yml ${file}, and adapt it.`,
      );
    }
    const { commands } = serverless.processedInput;
    if (stage === LOCAL && isRemote(commands)) {
      throw this.error(
        `Stage "local" runs on this machine only; "${commands.join(' ')}" needs another --stage.`,
      );
    }
  }

  /** A channel that is not set up has no function. */
  leaveOut() {
    const { functions } = this.serverless.service;
    if (this.stage === LOCAL) return;
    const use = stageUse(functions.retry.environment ?? {});
    for (const channel of ['email', 'sms']) if (!use[channel]) delete functions[channel];
  }

  /** Points what runs here to the queue and the loopbacks of `npm start`, on whatever port that is. */
  useRunning() {
    // As early as this: osls reads a function's environment before any hook of the command itself.
    if (this.serverless.processedInput.commands.join(' ') !== 'invoke local' || this.stage !== LOCAL) return;
    const environment = JSON.parse(this.run('tools/local/print-running.ts', []));
    for (const definition of Object.values(this.serverless.service.functions)) {
      definition.environment = { ...definition.environment, ...environment };
    }
  }

  /** Loads a function as Lambda does: `invoke local` would require() it, and that cannot await a module. */
  async load({ handler }) {
    const file = path.join(this.serverless.serviceDir, `${handler.replace(/\.\w+$/, '')}.js`);
    const loaded = new Module(file);
    loaded.exports = await import(pathToFileURL(file).href);
    loaded.loaded = true;
    require.cache[file] = loaded;
  }

  /**
   * Says which account and region a command works on, or in one line why it cannot, where osls itself would print a
   * stack trace.
   */
  checkAccount() {
    const { commands } = this.serverless.processedInput;
    if (this.stage === LOCAL || !isRemote(commands)) return;
    const { param = [] } = this.serverless.processedInput.options;
    const overwrite = param.includes('overwrite=yes') ? 'yes' : '';
    const args = ['tools/serverless/check-account.ts', commands.join(' '), ...this.place, overwrite];
    const { status } = this.spawn(args, { stdio: 'inherit' });
    if (status !== 0) process.exit(2);
  }

  /** Refuses what cannot work before AWS is asked anything, which osls does even where it reports an error. */
  checkSettings() {
    const { stage } = this;
    const { commands } = this.serverless.processedInput;
    if (stage === LOCAL || !PACKAGING.has(commands.join(' '))) return;
    const { status } = this.spawn(['tools/serverless/check-settings.ts', stage, commands.join(' ')], {
      stdio: 'inherit',
    });
    const { functions, provider } = this.serverless.service;
    const [oversized] = oversizedEnvironments(provider.environment, functions);
    if (oversized !== undefined) console.error(oversized);
    if (status === 0 && oversized === undefined) return;
    console.error(`Stage "${stage}" cannot be deployed with its settings.`);
    process.exit(2);
  }

  /** Tags each function with what identifies its code, for `npm run doctor`. */
  build() {
    const { functions } = this.serverless.service;
    for (const [name, release] of Object.entries(
      JSON.parse(this.run('tools/build/release.ts', [this.stage])),
    )) {
      const deployed = functions[name];
      if (deployed !== undefined) deployed.tags = { ...deployed.tags, release };
    }
  }

  /** @returns what a tool of this project printed. */
  run(tool, args, failure = `${tool} failed.`) {
    const { status, error, stdout } = this.spawn([tool, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (status !== 0) throw this.error(error?.message ?? failure);
    return stdout;
  }

  spawn(args, options) {
    const { serviceDir: cwd } = this.serverless;
    return spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd, encoding: 'utf8', ...options });
  }

  error(message) {
    return new this.serverless.classes.Error(message, 'OTP_RELAY');
  }
};
