import fc from 'fast-check';

/** Each run has the same cases, so that a failure is the fault of a change; `TIRTC_PROPERTY_SEED=random` looks for new ones, and
 *  the seed of a failure repeats it. */
const { TIRTC_PROPERTY_SEED: seed = '1' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
