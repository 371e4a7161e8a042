/** What differs between hearth's environments on AWS. */

/** The environments that are deployed; each is a stack of its own. */
export type EnvironmentName = 'staging' | 'production';

/** How an alias moves to a new version, in CodeDeploy's own names. */
export type TrafficShift = 'AllAtOnce' | 'Canary10Percent5Minutes';

/** One environment's values. Those of cache warming equal `config/.env.ENVIRONMENT`. */
export interface EnvironmentSettings {
  readonly environment: EnvironmentName;
  /** `CACHE_WARMING_ENABLED`: false switches the schedule off too. */
  readonly warmingEnabled: boolean;
  /** `CACHE_WARMING_TOP_N`: how many flags a run warms. */
  readonly warmingTopN: number;
  /** `CACHE_WARMING_SCHEDULE`: when EventBridge starts a run, in UTC. */
  readonly warmingSchedule: string;
  /** An alarm is raised after so many hours without a run; longer than the schedule's longest gap. */
  readonly warmingExpectedWithinHours: number;
  /** Failed runs are added up over so many hours; at least two of the schedule's intervals. */
  readonly warmingErrorsWithinHours: number;
  /** Memory of the API function in MB; its share of a CPU grows with it (1,769 MB: one whole). */
  readonly apiMemoryMegabytes: number;
  /** Requests a second that the HTTP API lets through in the long run; more are answered 429. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once, above the rate. */
  readonly requestBurst: number;
  /** How long log lines are kept, in days. */
  readonly logRetentionDays: 7 | 30;
  /** How a deployment shifts traffic once the hook has succeeded. */
  readonly trafficShift: TrafficShift;
}

const settings: Readonly<Record<EnvironmentName, EnvironmentSettings>> = {
  staging: {
    environment: 'staging',
    warmingEnabled: true,
    warmingTopN: 10,
    warmingSchedule: 'rate(1 hour)',
    warmingExpectedWithinHours: 3,
    warmingErrorsWithinHours: 2,
    apiMemoryMegabytes: 512,
    requestsPerSecond: 100,
    requestBurst: 50,
    logRetentionDays: 7,
    trafficShift: 'AllAtOnce',
  },
  production: {
    environment: 'production',
    warmingEnabled: true,
    warmingTopN: 20,
    warmingSchedule: 'rate(1 hour)',
    warmingExpectedWithinHours: 3,
    warmingErrorsWithinHours: 2,
    apiMemoryMegabytes: 1769,
    requestsPerSecond: 2000,
    requestBurst: 500,
    logRetentionDays: 30,
    trafficShift: 'Canary10Percent5Minutes',
  },
};

/** The names of all environments. */
export const environmentNames = Object.keys(settings) as EnvironmentName[];

/**
 * The settings of the environment of that name.
 *
 * @throws Error that names the environments there are, if `name` is none of them.
 */
export function settingsOf(name: unknown): EnvironmentSettings {
  const known = environmentNames.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new Error(
      `'${String(name)}' is no environment: give one of ${environmentNames.join(', ')}, ` +
        'as in --context environment=staging',
    );
  }
  return settings[known];
}
