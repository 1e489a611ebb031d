import Logging
import RedisCore
import RwatchKit
import TestSupport
import Testing

@Suite("The log as notices", .tags(.unit))
struct WarningLogTests {
    @Test("is of warnings alone, each told once, and of some of them")
    func warnings() {
        let said = Locked<[String]>([])
        let handler = WarningLog { text in said.withLock { $0.append(text) } }
        let logger = Logger(label: "test") { _ in handler }
        logger.notice("link lost", metadata: ["server": "h:1"])
        let text: Logger.Message = "the topology of the cluster could not be read"
        for _ in 0..<2 { logger.warning(text, metadata: ["error": "h:1: too many nodes"]) }
        #expect(said.withLock { $0 } == ["the topology of the cluster could not be read: h:1: too many nodes"])
        for number in 0..<100 { logger.error("\(number)") }
        #expect(said.withLock { $0 }.count == 16)
    }
}
