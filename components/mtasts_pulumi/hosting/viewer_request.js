// A policy host answers one path (RFC 8461 s3.3) and 404 for all else; each host has its own folder in the bucket.
function handler(event) {
    var request = event.request;
    var host = request.headers.host ? request.headers.host.value.toLowerCase() : '';
    if (request.uri !== '/.well-known/mta-sts.txt' || !/^mta-sts\.[a-z0-9.-]+$/.test(host)) {
        return {
            statusCode: 404,
            statusDescription: 'Not Found',
            headers: { 'content-type': { value: 'text/plain; charset=utf-8' } },
            body: 'Not found\n'
        };
    }
    request.uri = '/' + host + request.uri;
    request.querystring = {};
    return request;
}
