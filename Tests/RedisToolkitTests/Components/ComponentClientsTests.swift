import RedisToolkit
import TestSupport
import Testing

@Suite("The clients of components", .tags(.unit))
struct ComponentClientsTests {
    @Test("are used while their configuration is the same")
    func uses() throws {
        var clients = ComponentClients<String>()
        #expect(clients.use("c", "1") == nil)
        #expect(!clients.has("c"))
        #expect(clients.install("c", "1", "x").isEmpty)
        #expect(clients.has("c"))
        let used = clients.use("c", "1")
        let use = try #require(used)
        #expect(use.client == "x")
        #expect(clients.use("c", "2") == nil)
        #expect(clients.use("c", nil)?.client == "x")
        // Somebody was faster.
        #expect(clients.install("c", "1", "y") == ["y"])
        #expect(clients.endUse(use.slot) == nil)
        #expect(clients.count == 1)
    }

    @Test("go when they are replaced and their last user has gone")
    func replacing() throws {
        var clients = ComponentClients<String>()
        _ = clients.install("c", "1", "x")
        let usedFirst = clients.use("c", "1")
        let first = try #require(usedFirst)
        let usedSecond = clients.use("c", "1")
        let second = try #require(usedSecond)
        #expect(clients.install("c", "2", "y").isEmpty)
        #expect(clients.use("c", nil)?.client == "y")
        #expect(clients.endUse(first.slot) == nil)
        #expect(clients.endUse(second.slot) == "x")
        #expect(clients.count == 1)
        _ = clients.install("d", "3", "z")
        #expect(clients.install("d", "4", "w") == ["z"])
    }

    @Test("are shared by components with the same configuration")
    func sharing() {
        var clients = ComponentClients<String>()
        _ = clients.install("c", "1", "x")
        #expect(clients.install("c", "1", "w") == ["w"])
        #expect(clients.install("d", "1", "y") == ["y"])
        #expect(clients.use("d", "1").map { clients.endUse($0.slot) } == .some(nil))
        #expect(clients.remove("c").isEmpty)
        #expect(clients.remove("d") == ["x"])
        #expect(clients.remove("d").isEmpty)
        #expect(clients.count == 0)
    }

    @Test("that are in use stay when all are removed, until the use ends")
    func removing() throws {
        var clients = ComponentClients<String>()
        _ = clients.install("c", "1", "x")
        _ = clients.install("d", "2", "y")
        let used = clients.use("c", "1")
        let use = try #require(used)
        #expect(clients.removeAll() == ["y"])
        #expect(clients.endUse(use.slot) == "x")
    }
}
