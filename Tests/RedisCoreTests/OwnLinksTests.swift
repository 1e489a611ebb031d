import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("A monitor's own links", .tags(.unit))
struct OwnLinksTests {
    private let links = OwnLinks()
    private let hello: RedisCommand = ["HELLO", "3", "AUTH", "default", "secret", "SETNAME", "unique-1"]
    private let shown: [RedisBytes] = ["HELLO", "3", "AUTH", "(redacted)", "(redacted)", "SETNAME", "unique-1"]

    private func sources(after wait: Duration = .zero) -> [RedisBytes] {
        links.table(at: ContinuousClock.now.advanced(by: wait)).sources
    }

    @Test("are known by their address and what they have sent, each command once, and a while after their end")
    func address() {
        let link = links.opened(from: "127.0.0.1:1")
        link.sends(["CLUSTER", "SHARDS"], isPlaced: true)
        link.sends(["INFO", "server"])
        #expect(links.table(at: .now).names == [])
        #expect(links.table(at: .now).due == nil)
        #expect(!links.areOwn(["CLUSTER", "SHARDS"], from: "127.0.0.1:2"))
        #expect(links.areOwn(["CLUSTER", "SHARDS"], from: "127.0.0.1:1"))
        #expect(!links.areOwn(["CLUSTER", "SHARDS"], from: "127.0.0.1:1"))
        link.closed()
        #expect(sources() == ["127.0.0.1:1"])
        #expect(links.areOwn(["INFO", "server"], from: "127.0.0.1:1"))
        #expect(sources(after: .seconds(6)) == [])
    }

    @Test("hide nothing of whoever has their address, or their port a moment later")
    func sameAddress() {
        let link = links.opened(from: "127.0.0.1:1")
        link.sends(["CLIENT", "LIST"], isPlaced: true)
        for _ in 0..<2 {
            #expect(!links.areOwn(["SET", "k", "v"], from: "127.0.0.1:1"))
            #expect(!links.areOwn(["CONFIG", "SET", "maxmemory", "1"], from: "127.0.0.1:1"))
            #expect(!links.areOwn(["CLIENT", "LIST", "ID", "1"], from: "127.0.0.1:1"))
            link.closed()
        }
    }

    @Test("are those to the server that shows the commands: the same port may lead somebody else to another")
    func server() {
        let monitor = links.opened(from: "127.0.0.1:1", to: "127.0.0.1:7000")
        let other = links.opened(from: "127.0.0.1:2", to: "127.0.0.1:7001")
        other.sends(["INFO"])
        other.sends(hello, isUnique: true)
        #expect(links.table(at: .now, over: monitor).sources == ["127.0.0.1:1"])
        #expect(links.table(at: .now, over: monitor).names == [])
        #expect(links.table(at: .now, over: other).sources == ["127.0.0.1:2"])
        #expect(!links.areOwn(["INFO"], from: "127.0.0.1:2", over: monitor))
        // Whoever has seen it there says it here.
        #expect(!links.areOwn(shown, from: "10.0.0.1:9", over: monitor))
        #expect(links.areOwn(["INFO"], from: "127.0.0.1:2", over: other))
        #expect(links.areOwn(shown, from: "10.0.0.1:9", over: other))
    }

    @Test("are known to each monitor of the same server")
    func severalMonitors() {
        let monitors = [1, 2].map { links.opened(from: "127.0.0.1:\($0)", to: "127.0.0.1:7000") }
        let link = links.opened(from: "127.0.0.1:3", to: "127.0.0.1:7000")
        link.sends(hello, isUnique: true)
        link.sends(["INFO"], isPlaced: true)
        for monitor in monitors {
            for command in [shown, ["INFO"]] {
                #expect(links.areOwn(command, from: "10.0.0.1:9", over: monitor))
                #expect(!links.areOwn(command, from: "10.0.0.1:9", over: monitor))
            }
            #expect(links.table(at: .now, over: monitor).names == [])
        }
    }

    @Test("keep the latest of what they have sent and nobody has shown")
    func bound() {
        let link = links.opened(from: "127.0.0.1:1")
        for number in 0..<65 { link.sends(["PING", RedisBytes("\(number)")], isPlaced: true) }
        #expect(!links.areOwn(["PING", "0"], from: "127.0.0.1:1"))
        #expect(links.areOwn(["PING", "1"], from: "127.0.0.1:1"))
    }

    @Test("are found by what only they can have sent, where the server sees another address")
    func translated() {
        let link = links.opened(from: "127.0.0.1:1")
        link.sends(["CLIENT", "SETINFO", "LIB-NAME", "x"])
        #expect(links.table(at: .now).names == [])
        link.sends(hello, isUnique: true)
        #expect(links.table(at: .now).names == ["HELLO"])
        #expect(!links.areOwn(["HELLO", "3", "SETNAME", "unique-1"], from: "10.0.0.1:9"))
        #expect(links.areOwn(shown, from: "10.0.0.1:9"))
        // From then on by that address, and a copy by none.
        link.sends(["INFO"], isPlaced: true)
        #expect(!links.areOwn(["INFO"], from: "127.0.0.1:1"))
        #expect(links.areOwn(["INFO"], from: "10.0.0.1:9"))
        #expect(!links.areOwn(["SET", "k", "v"], from: "10.0.0.1:9"))
        #expect(!links.areOwn(shown, from: "10.0.0.1:10"))
        #expect(sources() == ["10.0.0.1:9"])
        #expect(links.table(at: .now).names == [])
    }

    @Test("are known by a password in clear, and not by one that the server hides")
    func password() {
        let link = links.opened(from: "127.0.0.1:1")
        link.sends(["AUTH", "secret"])
        #expect(!links.areOwn(["AUTH", "(redacted)"], from: "10.0.0.1:9"))
        #expect(!links.areOwn(["AUTH", "other"], from: "10.0.0.1:9"))
        #expect(links.areOwn(["AUTH", "secret"], from: "10.0.0.1:9"))
        #expect(!links.areOwn(["AUTH", "secret"], from: "10.0.0.1:9"))
        #expect(sources() == ["127.0.0.1:1"])
    }

    @Test("are known on a unix socket by what they have sent, each command once")
    func unix() {
        let link = links.opened(from: nil)
        link.sends(["AUTH", "secret"])
        link.sends(["PING", "unique-1"])
        // Nobody could tell whose it is, and to look for it would cost something for each line.
        link.sends(["CLIENT", "LIST"], isPlaced: true)
        #expect(!links.areOwn(["CLIENT", "LIST"], from: "unix:/s"))
        #expect(links.table(at: .now).names == ["AUTH", "PING"])
        for command in [["AUTH", "(redacted)"], ["PING", "unique-1"]] as [[RedisBytes]] {
            #expect(links.areOwn(command, from: "unix:/s"))
            #expect(!links.areOwn(command, from: "unix:/s"))
        }
        #expect(!links.areOwn(["GET", "k"], from: "unix:/s"))
        #expect(sources() == [])
    }

    @Test("forget what is answered and was not shown, after a while")
    func answered() {
        let link = links.opened(from: nil)
        link.sends(["CLIENT", "SETNAME", "unique-1"])
        #expect(links.table(at: .now.advanced(by: .seconds(60))).names == ["CLIENT"])
        link.settled()
        #expect(links.table(at: .now).names == ["CLIENT"])
        #expect(links.table(at: .now).due != nil)
        #expect(links.table(at: .now.advanced(by: .seconds(6))).names == [])
    }

    @Test("do not show what they sent before MONITOR themselves, but to one another")
    func beforeMonitor() {
        let link = links.opened(from: nil)
        let other = links.opened(from: nil)
        link.sends(["HELLO", "3"])
        link.monitors()
        link.sends(["PING", "unique-1"])
        #expect(links.table(at: .now, over: link).names == ["PING"])
        #expect(links.table(at: .now, over: other).names == ["HELLO", "PING"])
    }

    @Test("say when there is something new")
    func revision() {
        var last = links.revision
        func isNew() -> Bool {
            defer { last = links.revision }
            return links.revision > last
        }
        let link = links.opened(from: "127.0.0.1:1")
        #expect(isNew())
        link.sends(hello, isUnique: true)
        #expect(isNew())
        #expect(links.areOwn(shown, from: "10.0.0.1:9"))
        #expect(isNew())
        link.settled()
        #expect(isNew())
        // What is looked for at one address is asked for again and again, and changes no table.
        for _ in 0..<10 {
            link.sends(["INFO"], isPlaced: true)
            #expect(links.areOwn(["INFO"], from: "10.0.0.1:9"))
            link.settled()
        }
        #expect(!isNew())
        link.closed()
        #expect(isNew())
    }
}
