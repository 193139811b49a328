import type { ActorNames } from './actor_names.js';
import type { ServiceActor } from './service_actor.js';
import type { World } from './world.js';

/** What actions act on: the world of a scenario, or somebody else's actors. */
export interface Stage
  extends Pick<World, 'clock' | 'timeline' | 'devices' | 'clients' | 'programs' | 'faults' | 'signal' | 'token'> {
  readonly names: Pick<ActorNames, 'members'>;
  readonly service: Pick<ServiceActor, 'start' | 'stop' | 'fault'>;
}
