// What is deployed runs on a newer Node.js; the warning would only hide what this has to say.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Apart from main.cjs, because an old Node.js fails to parse `import()`.
import('tsx/esm/api').then(
  ({ register }) => {
    register();
    return import('./start.ts');
  },
  () => {
    console.error('The dependencies are not installed. Run: npm ci');
    process.exitCode = 1;
  },
);
