import Logging
import RedisStreams
import ServiceLifecycle

/// Handles the jobs of a queue, four at a time, until the group that it belongs to shuts down.
struct Worker: Service {
    let queue: RedisQueue
    let logger: Logger

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await queue.run(concurrency: 4) { [logger] job in
                logger.info("handled \(job.text ?? "\(job.payload.count) bytes")")
            }
        } onGracefulShutdown: { [queue] in
            // Takes no more, and lets what has begun come to its end.
            Task { _ = await queue.drain(within: .seconds(20)) }
        }
        logger.info("all that was taken is handled")
    }
}

@main
enum Program {
    static func main() async throws {
        let logger = Logger(label: "worker")
        let client = try RedisClient(RedisConfiguration(environmentPrefix: "REDIS_"))
        let queue = try RedisQueue("jobs", on: client)
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "put" {
            try await queue.put(contentsOf: Array(arguments.dropFirst()))
            return await client.close()
        }
        // Shut down from the last to the first: the worker, and then the client that it uses.
        let group = ServiceGroup(
            services: [client, Worker(queue: queue, logger: logger)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await group.run()
    }
}
