package thumburl

// DevelopmentSecret signs URLs of a local stack. It is published here, so a
// deployed function refuses to start with it.
const DevelopmentSecret = "thumbfront-development-secret-do-not-deploy"
