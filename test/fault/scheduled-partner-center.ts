import { z } from "zod";
import type { Simulator } from "../../local/partner-center-simulator/start-simulator";
import type { Logger } from "../../shared/logger";
import { createPartnerCenter, type PartnerCenter } from "../../shared/partner-center/partner-center";
import type { Transport } from "../../shared/partner-center/transport";
import type { Time } from "../../shared/retry";
import type { Step } from "./fault-kinds";
import { accessToken, rulesFor } from "./microsoft";
import type { ServerProcess } from "./scheduler";
import type { Installation } from "./server";

/** Calls take time, so that no two things happen at Microsoft in the same moment. */
const SLOWEST_WAY_MS = 400;

/** The real adapters over loopback HTTP; only the transport is handed to the scheduler, and time is the run's. */
export function schedulePartnerCenter(
  installation: Installation,
  process: ServerProcess,
  logger: Logger,
): PartnerCenter {
  const { simulator, scheduler, random, clock } = installation;
  const token = accessToken();
  const time: Time = {
    now: () => clock().getTime(),
    sleep: (ms) => scheduler.sleep(process, ms),
    random: () => random.next(),
  };
  const partnerCenter = createPartnerCenter({
    baseUrl: simulator.url,
    applicationName: "fault-run",
    accessTokens: { get: () => Promise.resolve(token), forget: () => undefined },
    // The worker notes it too, and is what these runs are about.
    onTrouble: () => Promise.resolve(),
    ...{ clock, time, logger },
  });
  const { connection } = partnerCenter;
  const send = connection.transport;
  const scheduled: Transport = (request) =>
    scheduler.call(
      process,
      stepOf(request, simulator),
      async (fault) => {
        const { faults } = simulator.simulation;
        for (const rule of rulesFor(fault, random)) faults.add(rule);
        await simulator.clock.advance(random.between(1, SLOWEST_WAY_MS));
        try {
          return await send(request);
        } finally {
          faults.clear();
          await simulator.clock.advance(random.between(1, SLOWEST_WAY_MS));
        }
      },
      { about: aboutRequest(request), result: ({ status, text }) => `${status}${seatsIn(text)}` },
    );
  connection.transport = scheduled;
  return partnerCenter;
}

function stepOf({ method, url, body }: Parameters<Transport>[0], simulator: Simulator): Step {
  if (method === "PATCH") return setsSchedule(url, body, simulator) ? "write schedule" : "write seats";
  if (url.pathname.endsWith("/auditrecords")) return "read audit records";
  if (url.pathname.endsWith("/orders")) return "read orders";
  if (url.pathname.includes("/products/")) return "read offers";
  return url.pathname.endsWith("/subscriptions") ? "list subscriptions" : "read subscription";
}

/** A write of the seats carries the whole subscription too: what it would change at this moment tells them apart. */
function setsSchedule(url: URL, body: string | undefined, { simulation }: Simulator): boolean {
  const resource = simulation.world.subscriptions.get(url.pathname.split("/").at(-1) ?? "")?.resource;
  const wanted = WrittenSeats.parse(JSON.parse(body ?? "{}"));
  return wanted.quantity === resource?.quantity && Boolean(wanted.scheduledNextTermInstructions);
}

const WrittenSeats = z.object({ quantity: z.int(), scheduledNextTermInstructions: z.unknown().optional() });

function aboutRequest({ url, body }: Parameters<Transport>[0]): string | undefined {
  const subscription = /subscriptions\/([^/]+)$/.exec(url.pathname)?.[1];
  return subscription && `${subscription.slice(-1)}${body === undefined ? "" : `:${seatsIn(body)}`}`;
}

/** What a body says about seats, for the story; lists say nothing. */
function seatsIn(text: string): string {
  const seats = /^\{"id":.*?"quantity":(\d+)/.exec(text)?.[1];
  return seats === undefined ? "" : ` ${seats} seats`;
}
