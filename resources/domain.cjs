/** A domain of the operator's own in front of the API, where the stage names one. */
module.exports = async ({ resolveVariable }) => {
  const param = (name) => resolveVariable(`param:${name}`);
  const domainName = await param('domainName');
  if (!domainName) return {};
  const certificateArn = await param('certificateArn');
  const hostedZoneId = await param('hostedZoneId');
  const ofDomain = (attribute) => ({ 'Fn::GetAtt': ['Domain', attribute] });

  return {
    Resources: {
      ...(!certificateArn && {
        DomainCertificate: {
          Type: 'AWS::CertificateManager::Certificate',
          Properties: {
            DomainName: domainName,
            ValidationMethod: 'DNS',
            DomainValidationOptions: [{ DomainName: domainName, HostedZoneId: hostedZoneId }],
          },
        },
      }),
      Domain: {
        Type: 'AWS::ApiGatewayV2::DomainName',
        Properties: {
          DomainName: domainName,
          DomainNameConfigurations: [
            {
              CertificateArn: certificateArn || { Ref: 'DomainCertificate' },
              EndpointType: 'REGIONAL',
              SecurityPolicy: 'TLS_1_2',
            },
          ],
        },
      },
      DomainMapping: {
        Type: 'AWS::ApiGatewayV2::ApiMapping',
        Properties: {
          ApiId: { Ref: 'HttpApi' },
          DomainName: { Ref: 'Domain' },
          Stage: { Ref: 'HttpApiStage' },
        },
      },
      ...(hostedZoneId && {
        DomainRecord: {
          Type: 'AWS::Route53::RecordSet',
          Properties: {
            HostedZoneId: hostedZoneId,
            Name: domainName,
            Type: 'A',
            AliasTarget: {
              DNSName: ofDomain('RegionalDomainName'),
              HostedZoneId: ofDomain('RegionalHostedZoneId'),
            },
          },
        },
      }),
    },
    Outputs: {
      DomainUrl: { Value: `https://${domainName}` },
      // Where the domain's own DNS must lead, if no hosted zone is given.
      DomainTarget: { Value: ofDomain('RegionalDomainName') },
    },
  };
};
