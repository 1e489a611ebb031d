import RedisCore
import TestSupport
import Testing

@Suite("The configuration of commands", .tags(.unit))
struct CommandConfigurationTests {
    @Test("has the documented defaults")
    func defaults() {
        let commands = RedisConfiguration().commands
        #expect(commands.timeout == .seconds(30))
        #expect(commands.retry.limit == .never)
        #expect(commands.retry.attempts == 3)
        #expect(commands.retry.minimumPause == .milliseconds(8))
        #expect(commands.retry.maximumPause == .milliseconds(512))
        #expect(commands.inFlight.commands == 16_384)
        #expect(commands.inFlight.bytes == 33_554_432)
        #expect(commands.inFlight.whenFull == .suspend)
        #expect(commands.whileDisconnected == .wait)
        #expect(commands.pool.maximum == 16)
        #expect(commands.pool.idleTimeout == .seconds(60))
        #expect(RedisRetryPolicy(upTo: .checked).limit == .checked)
    }

    @Test("orders what may be tried again by how much a second execution matters")
    func ladder() {
        let limits = RedisRetryPolicy.Limit.allCases
        #expect(limits == [.never, .readOnly, .checked, .lastWriteWins])
        #expect(limits.shuffled().sorted() == limits)
        #expect(!(RedisRetryPolicy.Limit.checked < .checked))
    }

    @Test("is checked before anything is sent")
    func checks() {
        let mistakes: [(String, (inout RedisCommandConfiguration) -> Void)] = [
            ("commands.timeout is not positive; nil turns it off", { $0.timeout = .zero }),
            ("commands.retry.attempts 0 is not positive", { $0.retry.attempts = 0 }),
            (
                "commands.retry.minimumPause -1.0 seconds is not between zero and commands.retry.maximumPause",
                { $0.retry.minimumPause = .seconds(-1) }
            ),
            (
                "commands.retry.minimumPause 0.008 seconds is not between zero and commands.retry.maximumPause",
                { $0.retry.maximumPause = .milliseconds(7) }
            ),
            ("commands.inFlight.commands 0 is not positive", { $0.inFlight.commands = 0 }),
            ("commands.inFlight.bytes -1 is not positive", { $0.inFlight.bytes = -1 }),
            ("commands.pool.maximum 0 is not positive", { $0.pool.maximum = 0 }),
            ("commands.pool.idleTimeout 0.0 seconds is not positive", { $0.pool.idleTimeout = .zero }),
        ]
        for (complaint, change) in mistakes {
            var configuration = RedisConfiguration()
            change(&configuration.commands)
            let error = #expect(throws: RedisError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message == complaint)
        }
        var allowed = RedisConfiguration()
        allowed.commands.timeout = nil
        allowed.commands.retry.minimumPause = .zero
        #expect(throws: Never.self) { try allowed.validate() }
    }
}
