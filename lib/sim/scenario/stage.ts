import type { Clock } from '../../types/index.js';
import type { ActorNames } from './actor_names.js';
import type { World } from './world.js';

/** What expectations look at: the world of a scenario, or actors of somebody else. */
export interface Stage extends Pick<World, 'timeline' | 'clients' | 'signal' | 'folder'> {
  readonly clock: Clock;
  readonly names: Pick<ActorNames, 'members'>;
}
