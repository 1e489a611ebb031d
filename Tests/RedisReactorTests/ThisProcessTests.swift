import Glibc
import RedisReactor
import TestSupport
import Testing

@Suite("This process", .tags(.unit), .serialized)
struct ThisProcessTests {
    private func limit() -> rlimit {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        return limit
    }

    @Test("forbids core dumps, and sets all back as it was")
    func coreDumps() {
        let before = limit().rlim_cur
        let mayDump = ThisProcess.mayDumpCore
        ThisProcess.forbidCoreDumps()
        #expect(!ThisProcess.mayDumpCore)
        #expect(limit().rlim_cur == 0)
        ThisProcess.forbidCoreDumps()
        ThisProcess.allowCoreDumps()
        #expect(ThisProcess.mayDumpCore == mayDump)
        #expect(limit().rlim_cur == before)
    }
}
