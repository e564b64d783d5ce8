/** Every identifier that the runtime of a GPU module declares at its top level. */
export const gpuRuntimeNames: readonly string[] = (
  "GPU Input input kernelSettings quadModes gpuModes quadSettings Device valueText drive noneText chooseText textureNames Rows padded packTextures packGroup capacityOf Machine moveRows takeRows eachRow " +
  "Loader groupMembers lengthsTogether copyBlock partSizes memberSizes gatherMembers memberParts fitTogether runTogether exactNumbers resultOf Model Stream stepNumbers"
).split(" ");
