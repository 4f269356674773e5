// The npm package `solc` as a command: `node FILE PACKAGE --version` and `node FILE PACKAGE --standard-json`.
const fs = require('fs');
const path = require('path');

const [folder, ...rest] = process.argv.slice(2);
const solc = require(path.resolve(folder));
if (rest.includes('--version')) {
  process.stdout.write('solc, the solidity compiler commandline interface\nVersion: ' + solc.version() + '\n');
} else {
  const roots = [];
  rest.forEach((argument, position) => {
    if (argument === '--base-path') roots.unshift(rest[position + 1]);
    if (argument === '--include-path') roots.push(rest[position + 1]);
  });
  if (roots.length === 0) roots.push(process.cwd());
  const read = (file) => {
    for (const root of roots) {
      try {
        return { contents: fs.readFileSync(path.resolve(root, file), 'utf8') };
      } catch (error) {
        // The next root may have it.
      }
    }
    return { error: 'File not found: ' + file };
  };
  const input = fs.readFileSync(0, 'utf8');
  const output = solc.version().startsWith('0.4.')
    ? solc.compileStandardWrapper(input, read)
    : solc.compile(input, { import: read });
  fs.writeFileSync(1, output);
}
