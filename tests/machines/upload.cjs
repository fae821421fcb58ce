// An independent tus client (tus-js-client): uploads a file in pieces, gives up once on the way, goes on where it was.
// Arguments: file, endpoint, token, sha256, bytes after which to give up. Prints one JSON object.
const fs = require("node:fs");
const tus = require("tus-js-client");

const [, , path, endpoint, token, sha256, giveUpAfter] = process.argv;
const size = fs.statSync(path).size;
const offsets = [];
let url = null;
let gaveUp = false;

function start(uploadUrl) {
  const upload = new tus.Upload(fs.createReadStream(path), {
    endpoint,
    uploadUrl,
    uploadSize: size,
    chunkSize: 64 * 1024,
    retryDelays: [],
    headers: { Authorization: `Bearer ${token}` },
    metadata: { filename: sha256, filetype: "image/jpeg", sha256 },
    onUploadUrlAvailable() {
      url = upload.url;
    },
    onChunkComplete(_length, accepted) {
      offsets.push(accepted);
      if (!gaveUp && accepted >= Number(giveUpAfter)) {
        gaveUp = true;
        upload.abort().then(() => start(url));
      }
    },
    onError(error) {
      const answer = error.originalResponse;
      console.log(JSON.stringify({ error: answer ? answer.getStatus() : 0, body: answer ? answer.getBody() : String(error) }));
      process.exit(1);
    },
    onSuccess() {
      console.log(JSON.stringify({ url, offsets, gaveUp }));
    },
  });
  upload.start();
}

start(null);
