import type { ActorNames } from './actor_names.js';
import type { ScenarioClock, World } from './world.js';

/** What expectations look at: the world of a scenario, or actors of somebody else. */
export interface Stage extends Pick<World, 'timeline' | 'clients' | 'signal'> {
  readonly clock: ScenarioClock;
  readonly names: Pick<ActorNames, 'members'>;
}
