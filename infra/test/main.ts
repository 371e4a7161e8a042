/**
 * Runs every test of this folder in one process, because loading the CDK takes far longer than the
 * tests do. A file counts as one by its name: NAME.test.ts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

// The sources tell what there is: what was compiled from a file that is gone may still lie about.
const sources = join(__dirname, '../../test');
const files = readdirSync(sources).filter((name) => name.endsWith('.test.ts'));
if (files.length === 0) throw new Error(`There are no tests in ${sources}`);
for (const file of files) require(join(__dirname, file.replace(/\.ts$/, '.js')));
