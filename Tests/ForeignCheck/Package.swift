// swift-tools-version: 6.2
// A package of somebody else with a check of its own: `swift run --package-path Tests/ForeignCheck`
// builds it as that person would.
import PackageDescription

let package = Package(
    name: "pump-doctor",
    dependencies: [.package(name: "aura", path: "../..")],
    targets: [
        .executableTarget(
            name: "pump-doctor",
            dependencies: [.product(name: "Diagnostics", package: "aura")])
    ]
)
